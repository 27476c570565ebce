"""What a browser may do with our pages, and what it says when a page tries to do more."""
