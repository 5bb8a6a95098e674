#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/call.hpp"

namespace pakashop::api {

/// Events of one key as `{"data":[…],"nextCursor":…}`, oldest first, from event number `first` on.
/// With `opened` personal fields are readable (or null once erased), otherwise they are left out.
std::string render_events(
    App& app,
    const std::vector<std::shared_ptr<const Commit>>& history,
    std::size_t first,
    std::size_t limit,
    bool opened
);

/// One event's payload as JSON with its personal fields opened or left out.
std::string event_data(App& app, const CommittedEvent& event, bool opened);

}  // namespace pakashop::api
