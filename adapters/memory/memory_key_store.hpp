#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "handlers/ports/key_store.hpp"

namespace pakashop {

/// Data keys in memory, each derived from a seed, so that a simulation repeats itself.
class MemoryKeyStore final : public KeyStore {
public:
    explicit MemoryKeyStore(std::uint64_t seed = 0);

    /// While true, every call answers `unavailable`.
    void set_unavailable(bool unavailable);
    /// The number of keys made so far.
    std::size_t made() const;

    Result<NumberedKey, KeyFailure> current(std::string_view subject) override;
    Result<std::optional<DataKey>, KeyFailure> find(std::string_view subject, std::uint32_t number)
        override;
    Result<void, KeyFailure> destroy(std::string_view subject) override;

private:
    struct Subject {
        std::uint32_t last_number = 0;
        bool destroyed = true;  ///< No key is left: the next current() makes one.
    };
    DataKey derive(std::string_view subject, std::uint32_t number) const;

    const std::uint64_t seed_;
    mutable std::mutex mutex_;
    bool unavailable_ = false;
    std::size_t made_ = 0;
    std::map<std::string, Subject, std::less<>> subjects_;
};

}  // namespace pakashop
