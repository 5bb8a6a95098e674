#include "handlers/stream_cache.hpp"

#include <utility>

#include "events/kernel/require.hpp"

namespace pakashop {
namespace {

// An entry costs this much beside what is folded into it.
constexpr std::size_t entry_bytes = 512;

}  // namespace

StreamState* StreamCache::find(const std::string& stream) {
    const auto found = entries_.find(stream);
    if (found == entries_.end()) return nullptr;
    found->second.used = true;
    return &found->second.state;
}

StreamState& StreamCache::add(const std::string& stream, StreamState state) {
    state.bytes += entry_bytes;
    bytes_ += state.bytes;
    const auto [at, added] = entries_.try_emplace(stream, Entry{std::move(state), {}});
    require(added, "a stream's state is in the cache once");
    clock_.push_front(&at->first);
    at->second.place = clock_.begin();
    return at->second.state;
}

void StreamCache::grew(StreamState& state, std::size_t bytes) {
    state.bytes += bytes;
    bytes_ += bytes;
}

void StreamCache::resized(StreamState& state, std::size_t bytes) {
    bytes_ -= state.bytes;
    state.bytes = bytes + entry_bytes;
    state.snapshot_bytes = bytes;
    bytes_ += state.bytes;
}

void StreamCache::evict(const std::string& stream) {
    const auto found = entries_.find(stream);
    if (found == entries_.end()) return;
    bytes_ -= found->second.state.bytes;
    clock_.erase(found->second.place);
    entries_.erase(found);
}

void StreamCache::clear() {
    entries_.clear();
    clock_.clear();
    bytes_ = 0;
}

void StreamCache::shrink() {
    while (bytes_ > bytes_max_ && clock_.size() > 1) {
        const auto oldest = entries_.find(*clock_.back());
        if (std::exchange(oldest->second.used, false)) {
            clock_.splice(clock_.begin(), clock_, oldest->second.place);
        } else {
            evict(std::string{*clock_.back()});
        }
    }
}

}  // namespace pakashop
