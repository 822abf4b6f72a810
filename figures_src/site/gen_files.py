"""The script that mkdocs-gen-files runs at every build: it makes the exhibits and adds their files to the site."""

from mkdocs.exceptions import PluginError
from mkdocs_gen_files.editor import FilesEditor

from figures_src.model.failures import BuildFailedError
from figures_src.site.generate import generate

try:
    generate(FilesEditor.current())
except BuildFailedError as failed:
    raise PluginError(str(failed)) from None
