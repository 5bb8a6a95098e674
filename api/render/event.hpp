#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/call.hpp"
#include "api/routes/paging.hpp"

namespace pakashop::api {

/// One page of a key's events, `{"data":[…],"nextCursor":…}`, oldest first, from number `first` on.
/// With `opened` personal fields are readable (or null once erased), otherwise they are left out.
std::string render_events(
    App& app,
    const std::vector<std::shared_ptr<const Commit>>& history,
    std::size_t first,
    const Page& page,
    bool opened
);

/// One event's payload as JSON with its personal fields opened or left out.
std::string event_data(App& app, const CommittedEvent& event, bool opened);

}  // namespace pakashop::api
