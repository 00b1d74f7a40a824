"""Run a program as somebody other than root, and let it end with the process that wanted it.

PostgreSQL refuses to run as root, and a server must not outlive the developer's program. Used as a script:
`python stepdown.py PARENT_PID PROGRAM ARGUMENT...`; it becomes PROGRAM and keeps its process id.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys
from pathlib import Path

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG, _PR_SET_SECUREBITS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 1, 28, 47, 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522


def become(parent: int, program: str, arguments: list[str]) -> None:
    """Replace this process by `program`, stopped by SIGINT when `parent` ends (Linux; elsewhere it stays).

    Raises OSError where root can neither enter a user namespace nor become `nobody`.
    """
    if os.geteuid() == 0:
        _leave_root()
    tie_to(parent, signal.SIGINT)
    os.execv(program, [program, *arguments])


def tie_to(parent: int, number: signal.Signals) -> None:
    """Have this process, and the program it becomes, sent a signal when `parent` ends (Linux only)."""
    if sys.platform == "linux":
        _call("prctl", _PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it ended before the line above could notice
            sys.exit("the process that wanted this one has ended")


def _leave_root() -> None:
    """Be an ordinary user, by a user namespace where the machine allows one, else as `nobody`."""
    if sys.platform != "linux":
        raise PermissionError("PostgreSQL does not run as root here: use an ordinary user")
    user, group = os.geteuid(), os.getegid()
    try:
        _call("unshare", _CLONE_NEWUSER)
    except OSError:
        _become_nobody()
        return
    # One entry: the program sees itself as user 1000, and what it writes belongs to root outside.
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"1000 {user} 1")
    Path("/proc/self/gid_map").write_text(f"1000 {group} 1")


def _become_nobody() -> None:
    """Drop to `nobody`, keeping only the right to pass folders that are closed to it.

    Without that right neither a virtual environment nor a checkout under root's home could be reached, and
    binaries would have to be copied and folders opened to everybody.
    """
    nobody = pwd.getpwnam("nobody")
    # A change of user takes no rights away then, and access(2), by which initdb looks for its neighbours,
    # does not leave them out of account (man 7 capabilities, "The securebits flags").
    _call("prctl", _PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setresgid(nobody.pw_gid, nobody.pw_gid, nobody.pw_gid)
    os.setresuid(nobody.pw_uid, nobody.pw_uid, nobody.pw_uid)
    kept = 1 << _CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    # Effective, permitted and inheritable, for the lower and then the upper 32 capabilities.
    sets = (ctypes.c_uint32 * 6)(kept, kept, kept, 0, 0, 0)
    _call("capset", ctypes.byref(header), ctypes.byref(sets))
    _call("prctl", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)


def _call(name: str, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


if __name__ == "__main__":
    try:
        become(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
    except OSError as error:
        sys.exit(f"{sys.argv[2]} could not be run, or not as somebody other than root: {error}")
