"""`kubectl rollback`: the kubectl plugin. It reads, and creates RollbackRequests; nothing else."""
