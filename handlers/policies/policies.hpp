#pragma once

#include <vector>

#include "events/any_event.hpp"
#include "handlers/commands.hpp"

namespace pakashop {

/// What the rules of the same key make of an event, in the same commit (architecture 3): pure, and
/// every command it returns is total at its stream. `now` is the commit's time.
struct PolicyContext {
    std::string_view key;  ///< The partition key all the streams share.
    Instant now;
    Duration pin_ttl = hours(24);  ///< C-12.
};
std::vector<StreamCommand> apply_policies(const AnyEvent& event, const PolicyContext& context);

}  // namespace pakashop
