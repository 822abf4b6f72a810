"""The script that mkdocs-gen-files runs at every build: it makes the exhibits and adds their files to the site."""

from mkdocs.exceptions import PluginError
from mkdocs_gen_files import FilesEditor

from figures_src.failures import BuildFailed
from figures_src.site.generate import generate

try:
    generate(FilesEditor.current())
except BuildFailed as failed:
    raise PluginError(str(failed)) from None
