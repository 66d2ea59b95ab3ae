"""What is shown, made of API objects: pure, and forgiving about what is newer or missing."""
