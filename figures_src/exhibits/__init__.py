"""One module per exhibit; its file name is its id on every page. `figures_src.exhibit` says what a module offers."""
