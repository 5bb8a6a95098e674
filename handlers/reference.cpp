#include "handlers/reference.hpp"

#include <algorithm>
#include <map>

#include "handlers/stream_loader.hpp"

namespace pakashop {

Reference::Reference(Engine& engine, std::size_t streams_max)
    : engine_{engine}, streams_max_{streams_max} {}

void Reference::attach() {
    engine_.on_commit([this](const auto& commit) { follow(*commit); });
}

Reference::Shared Reference::load(std::string_view key, const std::string& stream) {
    {
        const std::shared_lock lock{mutex_};
        if (const auto found = streams_.find(stream); found != streams_.end()) {
            return found->second.state;
        }
    }
    return load_from_store(key, stream);
}

// The load and the commits race: whoever holds the higher version wins, and an event that comes
// after a hole makes the entry unusable, so it is dropped and loaded again. Commits are heard after
// they can be read, so what was loaded under the lock misses no event that was heard before.
Reference::Shared Reference::load_from_store(std::string_view key, const std::string& stream) {
    const std::unique_lock lock{mutex_};
    if (streams_.size() >= streams_max_) streams_.clear();
    StreamState loaded = load_stream(engine_.store(), engine_.partition_of_key(key), stream);
    auto state = std::make_shared<const AnyState>(std::move(loaded.state));
    return streams_.insert_or_assign(stream, Entry{state, loaded.version}).first->second.state;
}

// Most commits are of orders and products, which nobody follows here.
bool Reference::follows_any(const Commit& commit) {
    const std::shared_lock lock{mutex_};
    return std::ranges::any_of(commit.events, [&](const CommittedEvent& event) {
        return streams_.contains(event.stream);
    });
}

void Reference::follow(const Commit& commit) {
    if (!follows_any(commit)) return;
    const std::unique_lock lock{mutex_};
    std::map<std::string, AnyState> next;  // Each copied once, however many events there are.
    for (const CommittedEvent& event : commit.events) {
        const auto found = streams_.find(event.stream);
        if (found == streams_.end() || event.version <= found->second.version) continue;
        if (event.version != found->second.version + 1) {
            next.erase(event.stream);
            streams_.erase(found);
            continue;
        }
        auto& state = next.try_emplace(event.stream, *found->second.state).first->second;
        evolve(state, event.event);
        found->second.version = event.version;
    }
    for (auto& [stream, state] : next) {
        streams_.find(stream)->second.state = std::make_shared<const AnyState>(std::move(state));
    }
}

}  // namespace pakashop
