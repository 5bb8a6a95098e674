#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

#include "handlers/domain.hpp"

namespace pakashop {

/// A stream's state in memory.
struct StreamState {
    AnyState state;
    std::int64_t version = 0;
    std::size_t bytes = 0;           ///< An estimate: what was folded into it.
    std::size_t snapshot_bytes = 0;  ///< Of its newest snapshot, counted in `bytes` as well.
};

/// The states a shard keeps at hand. When the bytes run out, those go that were not used since the
/// last time round (the second chance of a clock): using one moves nothing.
class StreamCache {
public:
    explicit StreamCache(std::size_t bytes_max) : bytes_max_{bytes_max} {}

    /// The stream's state; null when it is not here.
    StreamState* find(const std::string& stream);
    /// Adds a state that is not here. The reference holds until the stream is evicted; only
    /// `shrink` and `evict` do.
    StreamState& add(const std::string& stream, StreamState state);
    /// A stream's state grew by about so many bytes.
    void grew(StreamState& state, std::size_t bytes);
    /// A stream's state was just written down and is so large: what it grew by before that does not
    /// say, since events replace as much as they add.
    void resized(StreamState& state, std::size_t bytes);
    void evict(const std::string& stream);
    void clear();
    /// Drops states beyond the limit. Call it between commands only.
    void shrink();
    std::size_t bytes() const { return bytes_; }

private:
    struct Entry {
        StreamState state;
        std::list<const std::string*>::iterator place;
        bool used = true;
    };
    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::list<const std::string*> clock_;  ///< Next to be looked at behind.
    std::unordered_map<std::string, Entry> entries_;
};

}  // namespace pakashop
