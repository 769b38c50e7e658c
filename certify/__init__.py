"""Checks that prove a deployment, on the local workspace and on a real one."""
