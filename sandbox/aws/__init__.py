"""The AWS half of the sandbox: moto in this process, and in front of it what moto lacks."""
