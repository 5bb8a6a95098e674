#include "projections/egress_start.hpp"

#include <algorithm>

namespace pakashop::model {
namespace {

bool emptied(const SinkPartition& found, const std::string& family) {
    return std::ranges::find(found.emptied, family) != found.emptied.end();
}

// The topics must hold what they held when the place was remembered; retention may have taken it.
bool holds(const SinkPartition& found, const PublishedEvents& remembered) {
    return std::ranges::all_of(remembered, [&](const auto& each) {
        const auto& [family, event] = each;
        const auto there = found.last.find(family);
        if (there == found.last.end()) return emptied(found, family);
        return there->second.position >= event.position;
    });
}

}  // namespace

EgressPlace
place_to_start(std::string_view generation, PartitionId partition, const SinkPartition& found) {
    EgressPlace out;
    out.checkpoint.partition = partition;
    out.checkpoint.state = Admission{generation, partition}.state();
    out.last = found.last;
    if (!found.place) return out;
    for (const auto& [family, event] : found.place->last) {
        if (emptied(found, family)) out.last.emplace(family, event);
    }
    if (holds(found, found.place->last)) out.checkpoint = found.place->checkpoint;
    return out;
}

}  // namespace pakashop::model
