# To be sourced: tools that came from conda are found like any others.
CONDA_TOOLS=$PWD/.tools
export PATH="$CONDA_TOOLS/bin:$PATH"
export CPATH="$CONDA_TOOLS/include${CPATH:+:$CPATH}"
export LIBRARY_PATH="$CONDA_TOOLS/lib${LIBRARY_PATH:+:$LIBRARY_PATH}"
