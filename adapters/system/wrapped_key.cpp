#include "adapters/system/wrapped_key.hpp"

namespace pakashop {

Digest digest_of(std::span<const WrappedKey> keys) {
    Sha256 hash;
    for (const WrappedKey& key : keys) {
        hash.add(std::to_string(key.subject.size())).add(":").add(key.subject);
        hash.add(std::to_string(key.number)).add(":");
        hash.add(std::to_string(key.wrapped.size())).add(":").add(key.wrapped);
    }
    return hash.finish();
}

}  // namespace pakashop
