#pragma once

#include <condition_variable>
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

/// The provider's public keys by id. They are fetched when one is asked for that is not known, and
/// anew each hour so that a key that was withdrawn dies; at most once a minute (sooner after a
/// fetch that failed), always from the provider's own address and never from one that a request
/// names. Safe from any thread; one caller at a time fetches, and blocks.
class KeyDirectory {
public:
    /// Reads the key list's JSON from the provider; nothing when that fails.
    using Fetch = std::function<std::optional<std::string>()>;
    /// Milliseconds on a clock that nobody moves.
    using NowMs = std::function<std::int64_t()>;

    KeyDirectory(Fetch fetch, NowMs now_ms);

    /// The key of that id; null when the provider has none. Who asks for an unknown one while
    /// another caller fetches waits for that a moment.
    Result<std::shared_ptr<const VerifyingKey>, KeysAway> find(std::string_view id);
    /// Fetches the keys unless that was done just now; whether it did. For a signature that a known
    /// key does not verify: the provider may have put another one under its id.
    bool renew();

private:
    using Keys = std::map<std::string, std::shared_ptr<const VerifyingKey>, std::less<>>;

    static Keys read_keys(std::string_view json);
    std::shared_ptr<const VerifyingKey> known(std::string_view id) const;
    bool fetch_if_due(std::unique_lock<std::mutex>& lock);

    Fetch fetch_;
    NowMs now_ms_;
    std::mutex mutex_;
    std::condition_variable fetched_;
    Keys keys_;
    bool fetching_ = false;
    std::int64_t next_fetch_ms_ = INT64_MIN;
    std::int64_t fresh_until_ms_ = INT64_MIN;
    bool away_ = false;  ///< The last fetch failed.
};

}  // namespace pakashop::pawapay
