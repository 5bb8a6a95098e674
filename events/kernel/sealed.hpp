#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "events/kernel/require.hpp"

namespace pakashop {

/// Text that anybody may read: part of the record for ever, never personal and never secret. Every
/// text field of an event is either this or Sealed; tests/tidy checks it (architecture 2.7).
using PublicText = std::string;

/// Why personal data is kept: `person` until its subject asks to be forgotten, `tax` seven years.
enum class SubjectClass { person, tax };

/// Whom a sealed field is about, and with it the data key that seals it.
struct Subject {
    std::string id;
    SubjectClass kind = SubjectClass::person;
    /// `usr_1/person`: the name of the subject's key in the key store.
    std::string name() const { return id + (kind == SubjectClass::person ? "/person" : "/tax"); }
    friend bool operator==(const Subject&, const Subject&) = default;
};

/// A sealed value as it lies in the log: the key it needs (`usr_1/person#2`) and
/// base64(nonce ‖ ciphertext ‖ tag).
struct Ciphertext {
    std::string key;
    std::string box;
    friend bool operator==(const Ciphertext&, const Ciphertext&) = default;
};

/// The key is gone, and with it what was said. Every reader handles it.
struct Erased {
    friend bool operator==(const Erased&, const Erased&) = default;
};

/// A personal or secret field of an event. A command brings it in the clear, the shard seals it
/// before anything is encoded, and only the projection runner, reactors and api open it again.
template <class T>
class Sealed {
public:
    using value_type = T;
    struct Clear {
        Subject subject;
        T value;
        friend bool operator==(const Clear&, const Clear&) = default;
    };

    Sealed() : form_{Erased{}} {}
    Sealed(Subject subject, T value) : form_{Clear{std::move(subject), std::move(value)}} {}
    explicit Sealed(Ciphertext sealed) : form_{std::move(sealed)} {}
    explicit Sealed(Erased erased) : form_{erased} {}

    const Clear* clear() const { return std::get_if<Clear>(&form_); }
    const Ciphertext* ciphertext() const { return std::get_if<Ciphertext>(&form_); }
    bool erased() const { return std::holds_alternative<Erased>(form_); }

    /// The value in the clear; nothing when it is erased. Asking before it was opened is a bug.
    const T* value() const {
        require(!ciphertext(), "a sealed field is opened before it is read");
        return clear() ? &clear()->value : nullptr;
    }
    /// The value in the clear, or `otherwise` when it is erased.
    T value_or(T otherwise) const { return value() ? *value() : std::move(otherwise); }

    friend bool operator==(const Sealed&, const Sealed&) = default;

private:
    std::variant<Erased, Clear, Ciphertext> form_;
};

/// Seals and opens. `context` binds a value to its place: stream, version and field.
class Vault {
public:
    virtual ~Vault() = default;
    /// The same subject, context and text always give the same ciphertext (architecture 2.7).
    virtual Ciphertext
    seal(const Subject& subject, std::string_view context, std::string_view text) = 0;
    /// The text; nothing when the key was destroyed. Tampered or misplaced data throws
    /// CorruptStream.
    virtual std::optional<std::string> open(const Ciphertext& sealed, std::string_view context) = 0;
};

}  // namespace pakashop
