#!/bin/sh
# Make .venv hold exactly what requirements/dev.txt locks. Needs some Python 3 with venv; finds or fetches uv.
set -eu
cd "$(dirname "$0")/.."
wanted=$(cat .python-version)

# A shim on the PATH can exist and still not run, so a tool counts only once it has answered.
working_python() {
    for candidate in "python$wanted" python3 /usr/bin/python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3; do
        if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then echo "$candidate"; return; fi
    done
    echo "make setup needs a Python 3 with venv (on Debian: apt-get install python3-venv)." >&2
    return 1
}

wanted_python() {
    for candidate in "python$wanted" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$wanted"*/bin/python3; do
        if "$candidate" -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != sys.argv[1])' "$wanted" 2>/dev/null; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    echo "$wanted"  # uv looks further, and downloads it where it can
}

if uv --version >/dev/null 2>&1; then
    uv=uv
else
    uv=.local/uv/bin/uv
    if ! "$uv" --version >/dev/null 2>&1; then
        echo "Installing uv into .local/uv"
        "$(working_python)" -m venv --clear .local/uv
        .local/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
    fi
fi

[ -x .venv/bin/python ] || "$uv" venv --quiet --clear --python "$(wanted_python)" .venv
"$uv" pip sync --quiet --python .venv/bin/python --require-hashes requirements/dev.txt
# The project on the path of whatever runs in .venv, so that `pytest` finds the plugin that pyproject.toml names.
.venv/bin/python -c 'import os, sysconfig; open(sysconfig.get_path("purelib") + "/medaius.pth", "w").write(os.getcwd())'
touch .venv/.synced
