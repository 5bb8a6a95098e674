#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "handlers/commit.hpp"

namespace pakashop::api {

/// The idempotency keys of calls that are under way, each with its body's fingerprint: two bodies
/// that meet under one key would otherwise both be decided, if they go to different partitions. For
/// one thread.
class KeysUnderWay {
public:
    struct Taken {
        Fingerprint fingerprint;
        int holders = 0;
    };
    using Table = std::unordered_map<CommandId, Taken, CommandIdHash>;

    /// Keeps a key taken while it lives; may outlive the keys.
    class Hold {
    public:
        Hold(std::shared_ptr<Table> table, const CommandId& id)
            : table_{std::move(table)}, id_{id} {}
        Hold(Hold&&) noexcept = default;
        Hold& operator=(Hold&& from) noexcept {
            std::swap(table_, from.table_);
            std::swap(id_, from.id_);
            return *this;
        }
        ~Hold() {
            if (!table_) return;
            const auto found = table_->find(id_);
            if (--found->second.holders == 0) table_->erase(found);
        }

    private:
        std::shared_ptr<Table> table_;
        CommandId id_;
    };

    /// Nothing when a call with another body holds the key; equal bodies hold it together.
    std::optional<Hold> take(const CommandId& id, const Fingerprint& fingerprint) {
        Taken& taken = table_->try_emplace(id, Taken{fingerprint, 0}).first->second;
        if (taken.fingerprint != fingerprint) return std::nullopt;
        ++taken.holders;
        return Hold{table_, id};
    }

private:
    std::shared_ptr<Table> table_ = std::make_shared<Table>();
};

}  // namespace pakashop::api
