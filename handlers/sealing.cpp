#include "handlers/sealing.hpp"

#include <charconv>

namespace pakashop {
namespace {

struct KeyName {
    std::string_view subject;
    std::uint32_t number = 0;
};

// `usr_1/person#2`: the subject and the key's number.
KeyName parse_key_name(std::string_view name) {
    const std::size_t mark = name.rfind('#');
    KeyName out{name.substr(0, mark), 0};
    if (mark != std::string_view::npos) {
        const std::string_view digits = name.substr(mark + 1);
        const auto [stop, error] = std::from_chars(digits.begin(), digits.end(), out.number);
        if (error == std::errc{} && stop == digits.end() && out.number > 0) return out;
    }
    throw CorruptStream{"a sealed field names no key: " + std::string{name}};
}

[[noreturn]] void fail(KeyFailure failure, const std::string& name) {
    if (failure == KeyFailure::damaged) throw CorruptStream{"the key store has lost " + name};
    throw KeysUnavailable{"the key store does not answer"};
}

}  // namespace

SealingVault::SealingVault(KeyStore& store, std::size_t cached_keys_max)
    : store_{store}, cached_keys_max_{cached_keys_max} {}

Ciphertext
SealingVault::seal(const Subject& subject, std::string_view context, std::string_view text) {
    const CachedKey key = current(subject.name());
    return {key.name + "#" + std::to_string(key.number), seal_box(*key.keys, context, text)};
}

std::optional<std::string> SealingVault::open(const Ciphertext& sealed, std::string_view context) {
    const auto key = find(sealed.key);
    if (!key) return std::nullopt;
    auto text = open_box(*key->keys, context, sealed.box);
    if (!text) throw CorruptStream{"a sealed field does not open at " + std::string{context}};
    return text;
}

SealingVault::CachedKey SealingVault::current(const std::string& subject) {
    std::uint64_t moment = 0;
    if (auto known = look_up(subject, moment)) return *std::move(known);
    const auto stored = store_.current(subject);
    if (!stored) fail(stored.error(), subject);
    CachedKey key{subject, stored->number, std::make_shared<SealingKeys>(stored->key)};
    remember(key, moment);
    return key;
}

std::optional<SealingVault::CachedKey> SealingVault::find(const std::string& key_name) {
    // First, since current keys are cached under their subject's bare name as well.
    const KeyName parsed = parse_key_name(key_name);
    std::uint64_t moment = 0;
    if (auto known = look_up(key_name, moment)) return known;
    const auto stored = store_.find(parsed.subject, parsed.number);
    if (!stored) fail(stored.error(), key_name);
    if (!*stored) return std::nullopt;
    CachedKey key{key_name, parsed.number, std::make_shared<SealingKeys>(**stored)};
    remember(key, moment);
    return key;
}

std::optional<SealingVault::CachedKey>
SealingVault::look_up(const std::string& name, std::uint64_t& moment) {
    const std::lock_guard lock{mutex_};
    moment = forgotten_;
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return std::nullopt;
    cache_.splice(cache_.begin(), cache_, found->second);
    return cache_.front();
}

// A key fetched before something was forgotten may be the one forgotten: it is used, not kept.
void SealingVault::remember(const CachedKey& key, std::uint64_t moment) {
    const std::lock_guard lock{mutex_};
    if (moment != forgotten_ || by_name_.contains(key.name)) return;
    cache_.push_front(key);
    by_name_.emplace(cache_.front().name, cache_.begin());
    if (cache_.size() <= cached_keys_max_) return;
    by_name_.erase(cache_.back().name);
    cache_.pop_back();
}

Result<void, KeyFailure> SealingVault::destroy(std::string_view subject) {
    const auto destroyed = store_.destroy(subject);
    forget(subject);
    return destroyed;
}

void SealingVault::forget(std::string_view subject) {
    const std::lock_guard lock{mutex_};
    ++forgotten_;
    const std::string numbered = std::string{subject} + "#";
    for (auto at = cache_.begin(); at != cache_.end();) {
        const bool concerned = at->name == subject || at->name.starts_with(numbered);
        if (concerned) by_name_.erase(at->name);
        at = concerned ? cache_.erase(at) : std::next(at);
    }
}

std::size_t SealingVault::cached() const {
    const std::lock_guard lock{mutex_};
    return cache_.size();
}

}  // namespace pakashop
