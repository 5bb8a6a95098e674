#include "adapters/memory/memory_key_store.hpp"

#include "events/kernel/hash.hpp"

namespace pakashop {

MemoryKeyStore::MemoryKeyStore(std::uint64_t seed) : seed_{seed} {}

void MemoryKeyStore::set_unavailable(bool unavailable) {
    const std::lock_guard lock{mutex_};
    unavailable_ = unavailable;
}

std::size_t MemoryKeyStore::made() const {
    const std::lock_guard lock{mutex_};
    return made_;
}

Result<NumberedKey, KeyFailure> MemoryKeyStore::current(std::string_view subject) {
    const std::lock_guard lock{mutex_};
    if (unavailable_) return unexpected{KeyFailure::unavailable};
    Subject& known = subjects_[std::string{subject}];
    if (known.destroyed) {
        ++known.last_number;
        known.destroyed = false;
        ++made_;
    }
    return NumberedKey{known.last_number, derive(subject, known.last_number)};
}

Result<std::optional<DataKey>, KeyFailure>
MemoryKeyStore::find(std::string_view subject, std::uint32_t number) {
    const std::lock_guard lock{mutex_};
    if (unavailable_) return unexpected{KeyFailure::unavailable};
    const auto known = subjects_.find(subject);
    if (known == subjects_.end() || number == 0 || number > known->second.last_number) {
        return unexpected{KeyFailure::damaged};
    }
    const bool alive = !known->second.destroyed && number == known->second.last_number;
    return alive ? std::optional{derive(subject, number)} : std::nullopt;
}

Result<void, KeyFailure> MemoryKeyStore::destroy(std::string_view subject) {
    const std::lock_guard lock{mutex_};
    if (unavailable_) return unexpected{KeyFailure::unavailable};
    const auto known = subjects_.find(subject);
    if (known != subjects_.end()) known->second.destroyed = true;
    return {};
}

DataKey MemoryKeyStore::derive(std::string_view subject, std::uint32_t number) const {
    const std::string name =
        std::to_string(seed_) + "|" + std::string{subject} + "#" + std::to_string(number);
    return sha256(name);
}

}  // namespace pakashop
