#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "projections/ports/event_sink.hpp"

/// How a remembered place lies in its topic: one JSON document for each partition of the log.
namespace pakashop::kafka {

struct StoredPlace {
    std::string generation;
    model::EgressPlace place;
};

std::string encode_place(const StoredPlace& stored);
/// Nothing when it is no such document.
std::optional<StoredPlace> decode_place(std::string_view json);

}  // namespace pakashop::kafka
