#include "adapters/pawapay/key_directory.hpp"

#include <utility>

#include "events/kernel/json.hpp"

namespace pakashop::pawapay {
namespace {

constexpr std::int64_t pause_ms = 60'000;
constexpr std::int64_t pause_away_ms = 2'000;
constexpr std::size_t keys_max = 64;

}  // namespace

KeyDirectory::KeyDirectory(Fetch fetch, NowMs now_ms)
    : fetch_{std::move(fetch)}, now_ms_{std::move(now_ms)} {}

// One caller fetches while the others wait for what it brings: they want the same key.
Result<std::shared_ptr<const VerifyingKey>, KeysAway> KeyDirectory::find(std::string_view id) {
    const std::lock_guard lock{mutex_};
    if (auto key = known(id)) return key;
    if (now_ms_() >= next_fetch_ms_) {
        const auto json = fetch_();
        auto fetched = json ? read_keys(*json) : Keys{};
        away_ = fetched.empty();
        next_fetch_ms_ = now_ms_() + (away_ ? pause_away_ms : pause_ms);
        if (!away_) keys_ = std::move(fetched);
    }
    if (away_) return unexpected{KeysAway{}};
    return known(id);
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
