#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "events/kernel/cipher.hpp"
#include "events/kernel/result.hpp"
#include "handlers/ports/key_store.hpp"

namespace pakashop {

/// The key that wraps every data key (architecture 2.7). It lives in a file of its own, never in a
/// backup of the log or of the keys.
class MasterKey {
public:
    /// Reads 64 hexadecimal digits from a file that belongs to this user (or root) and that nobody
    /// else may read (mode 0400 or 0600); what is wrong with the file otherwise.
    static Result<MasterKey, std::string> load(const std::filesystem::path& file);

    /// 16 hexadecimal digits that name this key and tell nothing about it.
    const std::string& id() const { return id_; }
    /// The data key, wrapped for one subject and number. The same key wraps to the same text.
    std::string wrap(std::string_view key_name, const DataKey& key) const;
    /// The data key inside; nothing when it was wrapped by another master key, for another name, or
    /// was damaged since.
    std::optional<DataKey> unwrap(std::string_view key_name, std::string_view wrapped) const;

private:
    MasterKey(std::string id, std::shared_ptr<const SealingKeys> keys)
        : id_{std::move(id)}, keys_{std::move(keys)} {}

    std::string id_;
    std::shared_ptr<const SealingKeys> keys_;
};

}  // namespace pakashop
