#include "handlers/stream_cache.hpp"

namespace pakashop {
namespace {

// An entry costs this much beside what is folded into it.
constexpr std::size_t entry_bytes = 512;

}  // namespace

StreamState* StreamCache::find(const std::string& stream) {
    const auto found = entries_.find(stream);
    if (found == entries_.end()) return nullptr;
    recent_.splice(recent_.begin(), recent_, found->second.place);
    return &found->second.state;
}

StreamState& StreamCache::add(const std::string& stream, StreamState state) {
    recent_.push_front(stream);
    state.bytes += entry_bytes;
    bytes_ += state.bytes;
    return entries_.insert_or_assign(stream, Entry{std::move(state), recent_.begin()})
        .first->second.state;
}

void StreamCache::grew(StreamState& state, std::size_t bytes) {
    state.bytes += bytes;
    bytes_ += bytes;
}

void StreamCache::resized(StreamState& state, std::size_t bytes) {
    bytes_ -= state.bytes;
    state.bytes = bytes + entry_bytes;
    bytes_ += state.bytes;
}

void StreamCache::evict(const std::string& stream) {
    const auto found = entries_.find(stream);
    if (found == entries_.end()) return;
    bytes_ -= found->second.state.bytes;
    recent_.erase(found->second.place);
    entries_.erase(found);
}

void StreamCache::clear() {
    entries_.clear();
    recent_.clear();
    bytes_ = 0;
}

void StreamCache::shrink() {
    while (bytes_ > bytes_max_ && recent_.size() > 1) evict(std::string{recent_.back()});
}

}  // namespace pakashop
