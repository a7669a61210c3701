//! The offline root's folder: made once, used to sign issuing certificates and key lists.
//!
//! Keys are named by their id and never overwritten; which of them count is said by the newest key
//! list alone, so writing that list is the one step that makes a change real.

use std::path::{Path, PathBuf};

use ring::rand::SecureRandom;
use storefleet_core::cbor;
use storefleet_core::time::Timestamp;
use storefleet_wire::envelope::{KeyId, PublicKey, SigningKey};
use storefleet_wire::keys::{KeyList, Role, Roots, TrustStore};

use crate::ca::{Authority, CaError, certificate_end};
use crate::files::{self, Existing, FileError, Secrecy};
use crate::keylists::{Changes, next_list};

pub(crate) const ISSUING_FILE: &str = "issuing.pem";
pub(crate) const ROOT_CERTIFICATE_FILE: &str = "root.crt";
pub(crate) const ROOTS_FILE: &str = "roots.cbor";
const ROOT_FILE: &str = "root.pem";
const ONLINE: &str = "online";
const LIST_PREFIX: &str = "key-list-";
const LIST_SUFFIX: &str = ".sealed";
/// The roles whose keys the centre holds on line.
pub const ONLINE_ROLES: [Role; 3] = [Role::Ack, Role::Manifest, Role::Command];

/// What the next key list changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rotation {
    /// Roles that get a new key.
    pub roles: Vec<Role>,
    /// Whether a new issuing authority is made.
    pub issuing: bool,
    /// Whether the next list root becomes the current one and a new next one is made.
    pub roots: bool,
}

/// The open folder of an offline root.
#[derive(Debug)]
pub struct OfflineRoot {
    folder: PathBuf,
    name: String,
    root: Authority,
    trust: TrustStore,
}

impl OfflineRoot {
    /// Makes the folder with root, list roots, issuing authority, signing keys and first key list.
    ///
    /// # Errors
    /// When the folder holds a root already, or a file cannot be written.
    pub fn create(
        folder: &Path,
        name: &str,
        now: Timestamp,
        rng: &dyn SecureRandom,
    ) -> Result<Self, CaError> {
        files::make_folder(folder)?;
        files::make_folder(&folder.join(ONLINE))?;
        let root = Authority::new_root(&format!("{name} root"), now, rng)?;
        root.write(&folder.join(ROOT_FILE), Existing::Refuse)?;
        let roots = Roots {
            current: new_key(folder, "list-root", rng)?,
            next: new_key(folder, "list-root", rng)?,
        };
        for place in [folder.to_path_buf(), folder.join(ONLINE)] {
            let pem = root.certificate_pem().as_bytes();
            let path = place.join(ROOT_CERTIFICATE_FILE);
            files::write(&path, pem, Secrecy::Public, Existing::Refuse)?;
            let path = place.join(ROOTS_FILE);
            files::write(
                &path,
                &cbor::encode(&roots),
                Secrecy::Public,
                Existing::Refuse,
            )?;
        }
        let mut made = Self {
            folder: folder.to_path_buf(),
            name: name.to_owned(),
            root,
            trust: TrustStore::new(roots),
        };
        let everything = Rotation {
            roles: ONLINE_ROLES.into_iter().chain([Role::Release]).collect(),
            issuing: true,
            roots: false,
        };
        made.rotate(&everything, now, rng)?;
        Ok(made)
    }

    /// Opens a folder made before.
    ///
    /// # Errors
    /// When a file is missing or damaged.
    pub fn open(folder: &Path, name: &str) -> Result<Self, CaError> {
        let root = Authority::read(&folder.join(ROOT_FILE))?;
        let mut trust = TrustStore::new(read_roots(folder)?);
        let lists = read_lists(folder)?;
        if let Some(error) = trust.walk(lists.iter().map(Vec::as_slice)).refused {
            return Err(CaError::Damaged {
                what: format!("a key list in {} ({error})", folder.display()),
            });
        }
        Ok(Self {
            folder: folder.to_path_buf(),
            name: name.to_owned(),
            root,
            trust,
        })
    }

    /// The key list in force.
    #[must_use]
    pub fn list(&self) -> Option<&KeyList> {
        self.trust.list()
    }

    /// Makes the keys asked for and signs the next key list; returns its number.
    ///
    /// # Errors
    /// When a file cannot be read or written; the list in force then stays in force.
    pub fn rotate(
        &mut self,
        rotation: &Rotation,
        now: Timestamp,
        rng: &dyn SecureRandom,
    ) -> Result<u64, CaError> {
        let online = self.folder.join(ONLINE);
        // It may have been moved to the centre; what is made here is copied over it there.
        files::make_folder(&online)?;
        let mut keys = Vec::new();
        for &role in &rotation.roles {
            let place = if ONLINE_ROLES.contains(&role) {
                &online
            } else {
                &self.folder
            };
            keys.push((role, new_key(place, role.name(), rng)?));
        }
        let mut roots = *self.trust.roots();
        let signer = read_key(&self.folder, "list-root", roots.current.id())?;
        if rotation.roots {
            roots = Roots {
                current: roots.next,
                next: new_key(&self.folder, "list-root", rng)?,
            };
        }
        let issuing = if rotation.issuing {
            let name = format!("{} issuing", self.name);
            Some(self.root.new_issuing(&name, now, rng)?)
        } else {
            None
        };
        let changes = Changes {
            keys,
            roots,
            issuing: issuing.as_ref().map(|it| it.certificate().to_vec()),
            root_certificate: self.root.certificate().to_vec(),
        };
        let is_live = |der: &[u8]| certificate_end(der).is_some_and(|end| now < end);
        let list = next_list(self.trust.list(), changes, is_live, now);
        // The issuing key first: a list must never name an authority whose key was lost in a cut.
        if let Some(issuing) = issuing {
            issuing.write(&online.join(ISSUING_FILE), Existing::Replace)?;
        }
        let sealed = list.seal(&signer);
        let name = format!("{LIST_PREFIX}{:08}{LIST_SUFFIX}", list.number);
        let path = self.folder.join(name);
        files::write(&path, &sealed, Secrecy::Public, Existing::Refuse)?;
        self.trust.walk([sealed.as_slice()]);
        // All of them, for a cut may have left an older one out, and the centre walks them in order.
        for path in files::list(&self.folder, LIST_PREFIX, LIST_SUFFIX)? {
            let copy = online.join(path.file_name().unwrap_or_default());
            let bytes = files::read(&path)?;
            files::write(&copy, &bytes, Secrecy::Public, Existing::Replace)?;
        }
        Ok(list.number)
    }
}

fn new_key(folder: &Path, name: &str, rng: &dyn SecureRandom) -> Result<PublicKey, CaError> {
    let mut seed = [0; 32];
    rng.fill(&mut seed).map_err(|_| CaError::Random)?;
    let key = SigningKey::from_seed(&seed).ok_or(CaError::Random)?;
    let path = key_path(folder, name, key.public().id());
    let text = files::hex(&seed) + "\n";
    files::write(&path, text.as_bytes(), Secrecy::Private, Existing::Refuse)?;
    Ok(key.public())
}

fn key_path(folder: &Path, name: &str, id: KeyId) -> PathBuf {
    folder.join(format!("{name}-{id}.key"))
}

pub(crate) fn read_key(folder: &Path, name: &str, id: KeyId) -> Result<SigningKey, CaError> {
    let path = key_path(folder, name, id);
    let seed = files::unhex(&files::read(&path)?);
    seed.and_then(|seed| SigningKey::from_seed(&seed))
        .filter(|key| key.public().id() == id)
        .ok_or_else(|| CaError::Damaged {
            what: path.display().to_string(),
        })
}

pub(crate) fn read_roots(folder: &Path) -> Result<Roots, CaError> {
    let path = folder.join(ROOTS_FILE);
    cbor::decode(&files::read(&path)?).map_err(|_| CaError::Damaged {
        what: path.display().to_string(),
    })
}

pub(crate) fn read_lists(folder: &Path) -> Result<Vec<Vec<u8>>, FileError> {
    let paths = files::list(folder, LIST_PREFIX, LIST_SUFFIX)?;
    paths.iter().map(|path| files::read(path)).collect()
}
