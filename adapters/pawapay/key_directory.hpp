#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/pawapay/keys.hpp"
#include "events/kernel/result.hpp"

namespace pakashop::pawapay {

/// The list of keys could not be had just now: whether the provider has the key nobody knows.
struct KeysAway {};

/// The provider's public keys by id. They are fetched when one is asked for that is not known, at
/// most once a minute (sooner after a fetch that failed), always from the provider's own address
/// and never from one that a request names. Safe from any thread; a fetch blocks the caller.
class KeyDirectory {
public:
    /// Reads the key list's JSON from the provider; nothing when that fails.
    using Fetch = std::function<std::optional<std::string>()>;
    /// Milliseconds on a clock that nobody moves.
    using NowMs = std::function<std::int64_t()>;

    KeyDirectory(Fetch fetch, NowMs now_ms);

    /// The key of that id; null when the provider has none.
    Result<std::shared_ptr<const VerifyingKey>, KeysAway> find(std::string_view id);

private:
    using Keys = std::map<std::string, std::shared_ptr<const VerifyingKey>, std::less<>>;

    static Keys read_keys(std::string_view json);
    std::shared_ptr<const VerifyingKey> known(std::string_view id) const;

    Fetch fetch_;
    NowMs now_ms_;
    std::mutex mutex_;
    Keys keys_;
    std::int64_t next_fetch_ms_ = INT64_MIN;
    bool away_ = false;  ///< The last fetch failed.
};

}  // namespace pakashop::pawapay
