// The small process between a rank and a child: it makes sure that a command and everything that
// the command started end with the rank, whatever happens to either. Not a shell, not a daemon.
#pragma once

#include <span>

namespace nas {

/// Runs a command until it ends or the rank is gone; to be called as the whole of a process, from
/// `main`, before any thread is started: `nas guard -- COMMAND...`. `arguments` is what follows
/// the word `guard`. REQUIRES: standard input is the child's end of the rank's socket.
///
/// - The command gets a process group of its own and dies with the guard (PR_SET_PDEATHSIG).
/// - When the rank's end of the socket is closed, for whatever reason, or on SIGTERM, SIGINT or
///   SIGHUP, the command and all its descendants are killed, then the guard exits.
/// - When the command ends, its remaining descendants are killed and the guard ends in the same
///   way: with the same exit code or by the same signal.
///
/// Returns the exit code where the command's end was an exit code: 127 if it could not be started,
/// 2 if the arguments are wrong.
int guard_main(std::span<char* const> arguments);

}  // namespace nas
