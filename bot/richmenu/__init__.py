"""The rich menu: its layout, its pictures, and how it is put up at LINE."""
