#include "adapters/pawapay/key_directory.hpp"

#include <chrono>
#include <utility>

#include "events/kernel/json.hpp"

namespace pakashop::pawapay {
namespace {

constexpr std::int64_t pause_ms = 60'000;
constexpr std::int64_t pause_away_ms = 2'000;
constexpr std::int64_t fresh_ms = 3'600'000;
constexpr std::chrono::milliseconds patience{500};
constexpr std::size_t keys_max = 64;

}  // namespace

KeyDirectory::KeyDirectory(Fetch fetch, NowMs now_ms)
    : fetch_{std::move(fetch)}, now_ms_{std::move(now_ms)} {}

// A provider that hangs holds up one caller: known keys go on, and others are told to come again.
Result<std::shared_ptr<const VerifyingKey>, KeysAway> KeyDirectory::find(std::string_view id) {
    std::unique_lock lock{mutex_};
    auto key = known(id);
    if (key && now_ms_() < fresh_until_ms_) return key;
    if (fetching_ && key) return key;
    if (fetching_ && !fetched_.wait_for(lock, patience, [this] { return !fetching_; })) {
        return unexpected{KeysAway{}};
    }
    fetch_if_due(lock);
    if (auto found = known(id)) return found;
    if (away_) return unexpected{KeysAway{}};
    return nullptr;
}

bool KeyDirectory::renew() {
    std::unique_lock lock{mutex_};
    return !fetching_ && fetch_if_due(lock);
}

// The keys that are there stay when there are no others.
bool KeyDirectory::fetch_if_due(std::unique_lock<std::mutex>& lock) {
    if (now_ms_() < next_fetch_ms_) return false;
    fetching_ = true;
    lock.unlock();
    const auto json = fetch_();
    auto fetched = json ? read_keys(*json) : Keys{};
    lock.lock();
    fetching_ = false;
    away_ = fetched.empty();
    next_fetch_ms_ = now_ms_() + (away_ ? pause_away_ms : pause_ms);
    if (!away_) {
        keys_ = std::move(fetched);
        fresh_until_ms_ = now_ms_() + fresh_ms;
    }
    fetched_.notify_all();
    return true;
}

std::shared_ptr<const VerifyingKey> KeyDirectory::known(std::string_view id) const {
    const auto found = keys_.find(id);
    return found == keys_.end() ? nullptr : found->second;
}

// A key of a kind we do not use is passed over: the list may hold several generations.
KeyDirectory::Keys KeyDirectory::read_keys(std::string_view json) {
    Keys keys;
    JsonParser parser;
    const auto root = parser.parse(json);
    if (!root) return keys;
    root->for_each_element([&](JsonValue entry) {
        const auto id = entry.member("id");
        const auto pem = entry.member("key");
        if (!id || !pem || !id->text() || !pem->text() || keys.size() == keys_max) return;
        auto key = VerifyingKey::from_pem(*pem->text());
        if (!key) return;
        keys[std::string{*id->text()}] = std::make_shared<const VerifyingKey>(*std::move(key));
    });
    return keys;
}

}  // namespace pakashop::pawapay
