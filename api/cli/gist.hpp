#pragma once

#include <string>

#include "events/any_event.hpp"

namespace pakashop::cli {

/// What happened, in a few words for people: amounts, numbers, who. Personal fields are not in it.
std::string gist(const AnyEvent& event);

/// The personal fields of an event that were opened, as `name: value`; `erased` where the key is
/// gone. Long ones (images, documents) by their size only.
std::string personal_fields(const AnyEvent& event);

}  // namespace pakashop::cli
