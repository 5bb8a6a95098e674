#pragma once

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "handlers/engine.hpp"
#include "handlers/stream_cache.hpp"

namespace pakashop {

/// Durable states that every request asks for (roles, sessions, shops, settings), at hand for any
/// thread. A stream is loaded from the store when it is first asked for and follows the commits
/// from then on, so a revoked session or role counts from the moment its event is durable.
class Reference {
public:
    explicit Reference(Engine& engine, std::size_t streams_max = 200'000);

    /// Listens to the engine's commits. Before the engine starts.
    void attach();

    /// The aggregate's durable state; its initial one when the stream has no event. Throws
    /// CorruptStream. `key` is the stream's partition key.
    template <class Aggregate>
    typename Aggregate::State get(std::string_view key, std::string_view id) {
        return std::get<typename Aggregate::State>(*load(key, stream_of<Aggregate>(id)));
    }

    /// The same without a copy: what it was at this moment, for as long as the caller holds it.
    template <class Aggregate>
    std::shared_ptr<const typename Aggregate::State>
    view(std::string_view key, std::string_view id) {
        auto state = load(key, stream_of<Aggregate>(id));
        const auto* held = &std::get<typename Aggregate::State>(*state);
        return {std::move(state), held};
    }

private:
    using Shared = std::shared_ptr<const AnyState>;
    struct Entry {
        Shared state;
        std::int64_t version = 0;
    };

    Shared load(std::string_view key, const std::string& stream);
    Shared load_from_store(std::string_view key, const std::string& stream);
    bool follows_any(const Commit& commit);
    void follow(const Commit& commit);

    Engine& engine_;
    std::size_t streams_max_;
    std::shared_mutex mutex_;
    std::unordered_map<std::string, Entry> streams_;
};

}  // namespace pakashop
