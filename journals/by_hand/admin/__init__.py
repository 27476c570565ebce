"""Pages of posting by hand: the editor of a journal, and its reversal. The admin of journals mounts them."""
