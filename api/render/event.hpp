#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/call.hpp"
#include "api/routes/paging.hpp"

namespace pakashop::api {

/// Who reads. An admin reads everything; a buyer reads neither personal fields nor what the shops
/// and the platform get of the money, and of who acted only the own id and the program's.
struct EventReader {
    bool admin = false;
    std::string principal;
};

/// One page of a key's events, `{"data":[…],"nextCursor":…}`, oldest first, from number `first` on.
std::string render_events(
    App& app,
    const std::vector<std::shared_ptr<const Commit>>& history,
    std::size_t first,
    const Page& page,
    const EventReader& reader
);

}  // namespace pakashop::api
