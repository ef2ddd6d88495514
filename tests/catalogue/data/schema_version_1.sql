-- Catalogues of version 1, as the first program that wrote them made them. Never change this file.
CREATE TABLE setting (
    key TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL)
;
CREATE TABLE encounter (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL CHECK (code <> ''),
    started_at TEXT NOT NULL DEFAULT '',
    ended_at TEXT NOT NULL DEFAULT '',
    place TEXT NOT NULL DEFAULT '',
    latitude REAL,
    longitude REAL)
;
CREATE UNIQUE INDEX encounter_code ON encounter (lower(code))
;
CREATE INDEX encounter_started_at ON encounter (started_at)
;
CREATE TABLE import_session (
    id INTEGER PRIMARY KEY,
    started_at TEXT NOT NULL,
    finished_at TEXT NOT NULL DEFAULT '',
    options TEXT NOT NULL)
;
CREATE TABLE photo (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
    path TEXT NOT NULL,
    file_name TEXT NOT NULL,
    copied INTEGER NOT NULL DEFAULT 0 CHECK (copied IN (0, 1)),
    byte_size INTEGER NOT NULL,
    width_px INTEGER NOT NULL CHECK (width_px > 0),
    height_px INTEGER NOT NULL CHECK (height_px > 0),
    taken_at TEXT NOT NULL DEFAULT '',
    latitude REAL,
    longitude REAL,
    camera TEXT NOT NULL DEFAULT '',
    orientation INTEGER NOT NULL DEFAULT 1,
    perceptual_hash INTEGER NOT NULL DEFAULT 0,
    duplicate_group INTEGER NOT NULL DEFAULT 0,
    encounter_id INTEGER REFERENCES encounter (id),
    import_session_id INTEGER REFERENCES import_session (id),
    imported_at TEXT NOT NULL,
    missing INTEGER NOT NULL DEFAULT 0 CHECK (missing IN (0, 1)))
;
CREATE INDEX photo_path ON photo (path)
;
CREATE INDEX photo_file_name ON photo (file_name, id)
;
CREATE INDEX photo_taken_at ON photo (taken_at, id)
;
CREATE INDEX photo_encounter ON photo (encounter_id) WHERE encounter_id IS NOT NULL
;
CREATE INDEX photo_import_session ON photo (import_session_id) WHERE import_session_id IS NOT NULL
;
CREATE INDEX photo_missing ON photo (id) WHERE missing = 1
;
CREATE TABLE individual (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL CHECK (code <> ''),
    name TEXT NOT NULL DEFAULT '',
    sex TEXT NOT NULL DEFAULT '' CHECK (sex IN ('', 'female', 'male')),
    colour_type INTEGER NOT NULL DEFAULT 0 CHECK (colour_type BETWEEN 0 AND 5),
    notes TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    representative_id INTEGER REFERENCES annotation (id) ON DELETE SET NULL,
    retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1)),
    merged_into INTEGER REFERENCES individual (id))
;
CREATE UNIQUE INDEX individual_code ON individual (lower(code))
;
CREATE INDEX individual_representative ON individual (representative_id) WHERE representative_id IS NOT NULL
;
CREATE INDEX individual_merged_into ON individual (merged_into) WHERE merged_into IS NOT NULL
;
CREATE TABLE alias (
    id INTEGER PRIMARY KEY,
    individual_id INTEGER NOT NULL REFERENCES individual (id),
    name TEXT NOT NULL CHECK (name <> ''))
;
CREATE UNIQUE INDEX alias_name ON alias (lower(name))
;
CREATE INDEX alias_individual ON alias (individual_id)
;
CREATE TABLE annotation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    photo_id INTEGER NOT NULL REFERENCES photo (id),
    centre_x_px REAL NOT NULL,
    centre_y_px REAL NOT NULL,
    width_px REAL NOT NULL CHECK (width_px > 0),
    height_px REAL NOT NULL CHECK (height_px > 0),
    angle_deg REAL NOT NULL DEFAULT 0,
    box_source TEXT NOT NULL CHECK (box_source IN ('manual', 'table', 'automatic', 'frame')),
    box_revision INTEGER NOT NULL DEFAULT 1,
    left_tip_x_px REAL, left_tip_y_px REAL,
    notch_x_px REAL, notch_y_px REAL,
    right_tip_x_px REAL, right_tip_y_px REAL,
    quality INTEGER NOT NULL DEFAULT 0 CHECK (quality BETWEEN 0 AND 5),
    viewpoint TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT 'unidentified'
        CHECK (state IN ('unidentified', 'proposed', 'identified', 'unusable')),
    individual_id INTEGER REFERENCES individual (id),
    CHECK ((state = 'identified') = (individual_id IS NOT NULL)))
;
CREATE INDEX annotation_photo ON annotation (photo_id)
;
CREATE INDEX annotation_individual ON annotation (individual_id, id) WHERE individual_id IS NOT NULL
;
CREATE INDEX annotation_state ON annotation (state, id)
;
CREATE INDEX annotation_quality ON annotation (quality, id)
;
CREATE TABLE model (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    preset TEXT NOT NULL DEFAULT '',
    architecture TEXT NOT NULL DEFAULT '',
    file TEXT NOT NULL,
    dimension INTEGER NOT NULL CHECK (dimension > 0),
    input_width_px INTEGER NOT NULL CHECK (input_width_px > 0),
    input_height_px INTEGER NOT NULL CHECK (input_height_px > 0),
    metadata TEXT NOT NULL DEFAULT '{}',
    metrics TEXT NOT NULL DEFAULT '{}',
    calibration TEXT NOT NULL DEFAULT '{}',
    created_at TEXT NOT NULL,
    run_id INTEGER REFERENCES run (id) ON DELETE SET NULL,
    active INTEGER NOT NULL DEFAULT 0 CHECK (active IN (0, 1)))
;
CREATE UNIQUE INDEX model_active ON model (active) WHERE active = 1
;
CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    preset TEXT NOT NULL,
    config TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('queued', 'running', 'paused', 'finished', 'cancelled', 'failed', 'interrupted')),
    folder TEXT NOT NULL DEFAULT '',
    device TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    started_at TEXT NOT NULL DEFAULT '',
    finished_at TEXT NOT NULL DEFAULT '',
    snapshot_hash TEXT NOT NULL DEFAULT '',
    model_id INTEGER REFERENCES model (id) ON DELETE SET NULL,
    error TEXT NOT NULL DEFAULT '')
;
CREATE TABLE run_metric (
    run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    step INTEGER NOT NULL,
    epoch REAL NOT NULL,
    seconds REAL NOT NULL,
    value REAL,
    PRIMARY KEY (run_id, name, step)) WITHOUT ROWID
;
CREATE INDEX run_metric_step ON run_metric (run_id, step)
;
CREATE TABLE decision (
    id INTEGER PRIMARY KEY,
    batch INTEGER NOT NULL,
    annotation_id INTEGER REFERENCES annotation (id),
    kind TEXT NOT NULL CHECK (kind IN ('confirm', 'relabel', 'new_individual', 'unusable', 'unidentify', 'import',
        'reject', 'skip', 'merge', 'undo', 'redo')),
    individual_id INTEGER REFERENCES individual (id),
    previous_id INTEGER REFERENCES individual (id),
    who TEXT NOT NULL,
    at TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('review', 'import', 'cli', 'catalogue')),
    model_name TEXT NOT NULL DEFAULT '',
    model_id INTEGER,
    distance REAL,
    probability REAL,
    candidate_rank INTEGER NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT '',
    undoes INTEGER,
    CHECK ((kind IN ('undo', 'redo')) = (undoes IS NOT NULL)),
    CHECK (annotation_id IS NOT NULL OR kind IN ('merge', 'undo', 'redo')))
;
CREATE INDEX decision_annotation ON decision (annotation_id, id)
;
CREATE INDEX decision_batch ON decision (batch)
;
CREATE INDEX decision_individual ON decision (individual_id, kind) WHERE individual_id IS NOT NULL
;
CREATE INDEX decision_previous ON decision (previous_id, kind) WHERE previous_id IS NOT NULL
;
CREATE INDEX decision_undoes ON decision (undoes, id) WHERE undoes IS NOT NULL
;
CREATE INDEX decision_undoable ON decision (id)
    WHERE source IN ('review', 'catalogue') AND kind NOT IN ('undo', 'redo', 'reject', 'skip')
;
CREATE TRIGGER decision_no_update BEFORE UPDATE ON decision
    BEGIN SELECT RAISE(ABORT, 'the decision log is append-only'); END
;
CREATE TRIGGER decision_no_delete BEFORE DELETE ON decision
    BEGIN SELECT RAISE(ABORT, 'the decision log is append-only'); END
;
CREATE TABLE embedding (
    id INTEGER PRIMARY KEY,
    model_id INTEGER NOT NULL REFERENCES model (id) ON DELETE CASCADE,
    annotation_id INTEGER NOT NULL REFERENCES annotation (id) ON DELETE CASCADE,
    box_revision INTEGER NOT NULL,
    vector BLOB NOT NULL)
;
CREATE UNIQUE INDEX embedding_model_annotation ON embedding (model_id, annotation_id)
;
CREATE INDEX embedding_revision ON embedding (model_id, annotation_id, box_revision)
;
CREATE INDEX embedding_annotation ON embedding (annotation_id)
;
CREATE TABLE proposal (
    annotation_id INTEGER NOT NULL REFERENCES annotation (id) ON DELETE CASCADE,
    model_id INTEGER NOT NULL REFERENCES model (id) ON DELETE CASCADE,
    rank INTEGER NOT NULL CHECK (rank > 0),
    individual_id INTEGER REFERENCES individual (id),
    distance REAL NOT NULL,
    probability REAL,
    best_annotation_id INTEGER REFERENCES annotation (id) ON DELETE SET NULL,
    PRIMARY KEY (annotation_id, model_id, rank))
;
CREATE INDEX proposal_model ON proposal (model_id)
;
CREATE INDEX proposal_individual ON proposal (individual_id) WHERE individual_id IS NOT NULL
;
CREATE INDEX proposal_best ON proposal (best_annotation_id) WHERE best_annotation_id IS NOT NULL
;
CREATE TABLE import_item (
    id INTEGER PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES import_session (id),
    path TEXT NOT NULL,
    modified_at_ms INTEGER NOT NULL,
    byte_size INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'added', 'duplicate', 'skipped')),
    photo_id INTEGER REFERENCES photo (id),
    reason TEXT NOT NULL DEFAULT '',
    UNIQUE (session_id, path))
;
CREATE INDEX import_item_state ON import_item (session_id, state, id)
;
CREATE INDEX import_item_path ON import_item (path)
;
CREATE INDEX import_item_photo ON import_item (photo_id) WHERE photo_id IS NOT NULL
;
CREATE TABLE chip (
    annotation_id INTEGER NOT NULL REFERENCES annotation (id) ON DELETE CASCADE,
    width_px INTEGER NOT NULL,
    height_px INTEGER NOT NULL,
    box_revision INTEGER NOT NULL,
    pack_file TEXT NOT NULL,
    pack_index INTEGER NOT NULL,
    PRIMARY KEY (annotation_id, width_px, height_px))
;
CREATE INDEX chip_pack ON chip (pack_file)
;
