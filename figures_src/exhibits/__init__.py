"""One module per exhibit; the file name is the exhibit's id on every page. `figures_src.exhibit` says what a module offers."""
