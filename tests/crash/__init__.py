"""Real processes, killed with SIGKILL and run again."""
