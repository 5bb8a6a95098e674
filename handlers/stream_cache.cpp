#include "handlers/stream_cache.hpp"

#include <iterator>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

#include "events/kernel/require.hpp"

namespace pakashop {
namespace {

// An entry costs this much beside what is folded into it.
constexpr std::size_t entry_bytes = 512;

}  // namespace

/// Most look-ups are for streams that do not exist yet: this map sees that without following a
/// pointer.
struct StreamCache::Index {
    boost::unordered_flat_map<std::string_view, Entries::iterator> by_stream;
};

StreamCache::StreamCache(std::size_t bytes_max)
    : bytes_max_{bytes_max}, index_{std::make_unique<Index>()} {}
StreamCache::~StreamCache() = default;

StreamState* StreamCache::find(std::string_view stream) {
    const auto found = index_->by_stream.find(stream);
    if (found == index_->by_stream.end()) return nullptr;
    found->second->used = true;
    return &found->second->state;
}

StreamState& StreamCache::add(std::string stream, StreamState state) {
    state.bytes += entry_bytes;
    bytes_ += state.bytes;
    clock_.push_front({std::move(stream), std::move(state)});
    const bool added = index_->by_stream.emplace(clock_.front().stream, clock_.begin()).second;
    require(added, "a stream's state is in the cache once");
    return clock_.front().state;
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

void StreamCache::evict(std::string_view stream) {
    const auto found = index_->by_stream.find(stream);
    if (found != index_->by_stream.end()) drop(found->second);
}

void StreamCache::drop(Entries::iterator entry) {
    bytes_ -= entry->state.bytes;
    index_->by_stream.erase(entry->stream);
    clock_.erase(entry);
}

void StreamCache::clear() {
    index_->by_stream.clear();
    clock_.clear();
    bytes_ = 0;
}

void StreamCache::shrink() {
    while (bytes_ > bytes_max_ && clock_.size() > 1) {
        const auto oldest = std::prev(clock_.end());
        if (std::exchange(oldest->used, false)) {
            clock_.splice(clock_.begin(), clock_, oldest);
        } else {
            drop(oldest);
        }
    }
}

}  // namespace pakashop
