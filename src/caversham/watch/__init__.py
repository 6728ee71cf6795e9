"""What looks at an item say about its life, and when to look again. Pure."""
