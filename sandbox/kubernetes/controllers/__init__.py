"""The controllers that give workloads their life, and the loop that runs them."""
