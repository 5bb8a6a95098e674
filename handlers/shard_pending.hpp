#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <unordered_map>

#include "events/record.hpp"

namespace pakashop {

/// Which streams have events in records that are not durable yet, so that loading a stream looks
/// through those records only when it is among them. Streams are told apart by a hash: two that
/// share one are looked for in vain, no more.
class PendingStreams {
public:
    void add(const Record& record) {
        for (const RecordedEvent& event : record.events) ++events_[hash_of(event.stream)];
    }
    /// A record that was added, and is durable or given up.
    void remove(const Record& record) {
        for (const RecordedEvent& event : record.events) {
            const auto found = events_.find(hash_of(event.stream));
            if (--found->second == 0) events_.erase(found);
        }
    }
    /// False when no record that was added has an event of the stream.
    bool may_hold(std::string_view stream) const { return events_.contains(hash_of(stream)); }

private:
    static std::size_t hash_of(std::string_view stream) {
        return std::hash<std::string_view>{}(stream);
    }

    std::unordered_map<std::size_t, std::size_t> events_;
};

}  // namespace pakashop
