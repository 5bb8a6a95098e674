#pragma once

#include <vector>

#include "handlers/engine.hpp"

namespace pakashop {

/// Submits a command and waits for its outcome, which always comes. Blocks, so never call it on the
/// engine's thread; the command's own reply is replaced.
Outcome ask(Engine& engine, Command command);

/// The same for several at once, so that they share a flush; outcomes in order.
std::vector<Outcome> ask_all(Engine& engine, std::vector<Command> commands);

/// True when the outcome settles the command: repeating it would change nothing.
constexpr bool is_final(Outcome::Kind kind) {
    return kind == Outcome::Kind::committed || kind == Outcome::Kind::refused ||
           kind == Outcome::Kind::key_reused || kind == Outcome::Kind::too_large;
}

/// A command of the program itself, not of a request: everything but the reply is filled in. Its
/// fingerprint follows from its id, because an id that is derived says all there is to say.
Command system_command(
    const CommandId& id,
    KeyedCommand keyed,
    const Actor& actor,
    const Trace& trace,
    Instant now
);

}  // namespace pakashop
