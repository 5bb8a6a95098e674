#pragma once

#include <memory>
#include <optional>
#include <string>

#include "api/compose.hpp"
#include "events/kernel/sealed.hpp"
#include "handlers/ports/log.hpp"

/// How commands open what the server writes: to read only, beside it or on a copy. The ends of
/// a copy, which are written, are in copy_ends.hpp.
namespace pakashop::cli {

/// A log as it stood when it was opened, with the index to look things up in it.
class LogView {
public:
    static Result<std::unique_ptr<LogView>, api::StartFailure> open(const std::string& location);
    virtual ~LogView() = default;

    virtual Log& log() = 0;
    /// Everything in the log when it was opened; a log on Kafka goes on growing.
    virtual Store& store() = 0;
    /// Whether a witness lies beside it, and what it says against the log: nothing, if it agrees.
    virtual bool has_witness() const = 0;
    virtual std::string check_witness() = 0;
    /// What the checksums of its files say, the indexes included: nothing, if they hold.
    virtual std::string check_files() = 0;
};

/// Opens personal data; seals none.
class OpenedKeys {
public:
    /// The keys beside the log, and the master key that PERSONAL_DATA_KEY_FILE names.
    static Result<std::unique_ptr<OpenedKeys>, api::StartFailure> open();
    virtual ~OpenedKeys() = default;
    virtual Vault& vault() = 0;
};

/// PAKASHOP_DATA, or what it is by default.
std::string data_directory();

/// HOST:PORT,… of kafka://HOST:PORT,…; nothing for a directory.
std::optional<std::string> brokers_in(const std::string& location);

/// Where the log lies: `given` if it says something, else PAKASHOP_LOG, else `log` in the data
/// directory. A directory, or kafka://HOST:PORT,….
std::string log_location(const std::string& given);

/// Says on stderr why something did not open, and returns the exit code.
int report(const api::StartFailure& failure);

}  // namespace pakashop::cli
