#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

#include "events/kernel/cipher.hpp"
#include "events/kernel/sealed.hpp"
#include "handlers/ports/key_store.hpp"

namespace pakashop {

/// The key store does not answer: nothing can be sealed or opened now, and a later try may succeed.
class KeysUnavailable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The vault over a key store (architecture 2.7). It keeps the keys used last; safe from any
/// thread. Throws KeysUnavailable when the store does not answer, and CorruptStream when the store
/// has lost a key or a sealed value does not open in its place.
class SealingVault final : public Vault {
public:
    explicit SealingVault(KeyStore& store, std::size_t cached_keys_max = 16'384);

    Ciphertext seal(const Subject& subject, std::string_view context, std::string_view text)
        override;
    std::optional<std::string> open(const Ciphertext& sealed, std::string_view context) override;

    /// Destroys the subject's keys (`usr_1/person`), in the store and in here.
    Result<void, KeyFailure> destroy(std::string_view subject);
    /// Drops what is cached of a subject: another node has destroyed its keys.
    void forget(std::string_view subject);
    /// The number of keys in the cache.
    std::size_t cached() const;

private:
    /// Cached as `usr_1/person`, the key that seals now, or as `usr_1/person#2`, one that opens.
    struct CachedKey {
        std::string name;
        std::uint32_t number = 0;
        std::shared_ptr<const SealingKeys> keys;
    };
    using Cache = std::list<CachedKey>;  ///< Last used first.

    CachedKey current(const std::string& subject);
    std::optional<CachedKey> find(const std::string& key_name);
    std::optional<CachedKey> look_up(const std::string& name, std::uint64_t& moment);
    void remember(const CachedKey& key, std::uint64_t moment);

    KeyStore& store_;
    const std::size_t cached_keys_max_;
    mutable std::mutex mutex_;
    Cache cache_;
    std::unordered_map<std::string_view, Cache::iterator> by_name_;  ///< Views of their names.
    std::uint64_t forgotten_ = 0;  ///< How often something was forgotten: outdates what is fetched.
};

}  // namespace pakashop
