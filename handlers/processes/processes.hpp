#pragma once

#include <vector>

#include "events/any_event.hpp"
#include "handlers/commands.hpp"

namespace pakashop {

/// What an event asks of other keys, asynchronously (architecture 3): pure, and every command it
/// returns is total at its target. `stream` and `recorded_at` are the event's own.
std::vector<KeyedCommand>
run_processes(const AnyEvent& event, std::string_view stream, Instant recorded_at);

}  // namespace pakashop
