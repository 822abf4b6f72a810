"""One module per exhibit; its file name is its id on every page, its folder the page where it lives.

`figures_src.model.exhibit` says what a module offers.
"""
