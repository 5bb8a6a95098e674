#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "events/kernel/hash.hpp"

namespace pakashop::api {

/// The keys that open one door (`x-pakashop-key` or `x-internal-key`); several while one is being
/// replaced. The two doors have a ring each, so one's key never opens the other (GW-02, GW-03).
class KeyRing {
public:
    /// Empty texts are not keys: an unset variable opens nothing.
    explicit KeyRing(const std::vector<std::string>& keys) {
        for (const auto& key : keys) {
            if (!key.empty()) digests_.push_back(sha256(key));
        }
    }

    /// True when `presented` is one of the keys. Digests are compared, each of them whatever the
    /// others say, so the time taken tells neither a key's length nor its beginning.
    bool opens(std::string_view presented) const {
        const Digest digest = sha256(presented);
        bool found = false;
        for (const auto& each : digests_) {
            found |= equal_in_constant_time(text_of(each), text_of(digest));
        }
        return found;
    }

private:
    std::vector<Digest> digests_;
};

}  // namespace pakashop::api
