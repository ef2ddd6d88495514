<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>Grouped</name>
    <message numerus="yes">
        <location filename="../ui/text/finding_text.cpp" line="81"/>
        <source>%Ln photo(s) not found in %1 (%2). Import the folder where they lie now.</source>
        <translation>
            <numerusform>%Ln photo not found in %1 (%2). Import the folder where it lies now.</numerusform>
            <numerusform>%Ln photos not found in %1 (%2). Import the folder where they lie now.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>JobText</name>
    <message numerus="yes">
        <location filename="../ui/text/job_text.cpp" line="126"/>
        <source>done, %n warning(s)</source>
        <translation>
            <numerusform>done, %n warning</numerusform>
            <numerusform>done, %n warnings</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message numerus="yes">
        <location filename="../ui/text/decision_text.cpp" line="50"/>
        <source>relabel %n photo(s) as %1</source>
        <translation>
            <numerusform>relabel %n photo as %1</numerusform>
            <numerusform>relabel %n photos as %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/text/decision_text.cpp" line="51"/>
        <source>new individual %1 on %n photo(s)</source>
        <translation>
            <numerusform>new individual %1 on %n photo</numerusform>
            <numerusform>new individual %1 on %n photos</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/text/decision_text.cpp" line="52"/>
        <source>mark %n photo(s) unusable</source>
        <translation>
            <numerusform>mark %n photo unusable</numerusform>
            <numerusform>mark %n photos unusable</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/text/decision_text.cpp" line="53"/>
        <source>take the identity of %n photo(s) away</source>
        <translation>
            <numerusform>take the identity of %n photo away</numerusform>
            <numerusform>take the identity of %n photos away</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/text/decision_text.cpp" line="54"/>
        <source>import %n label(s)</source>
        <translation>
            <numerusform>import %n label</numerusform>
            <numerusform>import %n labels</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>flukeprint::ui::CataloguePage</name>
    <message numerus="yes">
        <location filename="../ui/catalogue/catalogue_page_actions.cpp" line="98"/>
        <source>Relabel %n photo(s)</source>
        <translation>
            <numerusform>Relabel %n photo</numerusform>
            <numerusform>Relabel %n photos</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/catalogue/catalogue_page_actions.cpp" line="103"/>
        <source>%n photo(s) relabelled</source>
        <translation>
            <numerusform>%n photo relabelled</numerusform>
            <numerusform>%n photos relabelled</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/catalogue/catalogue_page_actions.cpp" line="112"/>
        <source>New individual %1 on %n photo(s)</source>
        <translation>
            <numerusform>New individual %1 on %n photo</numerusform>
            <numerusform>New individual %1 on %n photos</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/catalogue/catalogue_page_actions.cpp" line="120"/>
        <source>%n photo(s) marked unusable</source>
        <translation>
            <numerusform>%n photo marked unusable</numerusform>
            <numerusform>%n photos marked unusable</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/catalogue/catalogue_page_actions.cpp" line="128"/>
        <source>Identity of %n photo(s) taken away</source>
        <translation>
            <numerusform>Identity of %n photo taken away</numerusform>
            <numerusform>Identity of %n photos taken away</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>flukeprint::ui::ImportDialog</name>
    <message numerus="yes">
        <location filename="../ui/dialogs/import_dialog.cpp" line="96"/>
        <source>%n photo(s)</source>
        <translation>
            <numerusform>%n photo</numerusform>
            <numerusform>%n photos</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>flukeprint::ui::IndividualDelegate</name>
    <message numerus="yes">
        <location filename="../ui/delegates/individual_delegate.cpp" line="67"/>
        <source>%n photo(s)</source>
        <translation>
            <numerusform>%n photo</numerusform>
            <numerusform>%n photos</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>flukeprint::ui::IndividualsPage</name>
    <message numerus="yes">
        <location filename="../ui/individuals/individuals_page.cpp" line="190"/>
        <source>%n photo(s)</source>
        <translation>
            <numerusform>%n photo</numerusform>
            <numerusform>%n photos</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>flukeprint::ui::JobPopup</name>
    <message numerus="yes">
        <location filename="../ui/widgets/job_strip.cpp" line="49"/>
        <source>and %n more: see File › Import Report</source>
        <translation>
            <numerusform>and %n more: see File › Import Report</numerusform>
            <numerusform>and %n more: see File › Import Report</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/widgets/job_strip.cpp" line="49"/>
        <source>and %n more</source>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>flukeprint::ui::JobStrip</name>
    <message numerus="yes">
        <location filename="../ui/widgets/job_strip.cpp" line="281"/>
        <source>%n job(s)</source>
        <translation>
            <numerusform>%n job</numerusform>
            <numerusform>%n jobs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>flukeprint::ui::MainWindow</name>
    <message numerus="yes">
        <location filename="../ui/shell/main_window_session.cpp" line="132"/>
        <source>%Ln photo(s) imported</source>
        <translation>
            <numerusform>%Ln photo imported</numerusform>
            <numerusform>%Ln photos imported</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/shell/main_window.cpp" line="208"/>
        <source>%Ln photo(s)</source>
        <translation>
            <numerusform>%Ln photo</numerusform>
            <numerusform>%Ln photos</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/shell/main_window.cpp" line="209"/>
        <source>%Ln individual(s)</source>
        <translation>
            <numerusform>%Ln individual</numerusform>
            <numerusform>%Ln individuals</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/shell/main_window_session.cpp" line="154"/>
        <source>%n job(s) are still running. What they have done is kept, and they can be continued later.</source>
        <translation>
            <numerusform>%n job is still running. What it has done is kept, and it can be continued later.</numerusform>
            <numerusform>%n jobs are still running. What they have done is kept, and they can be continued later.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>flukeprint::ui::PreferencesDialog</name>
    <message numerus="yes">
        <location filename="../ui/dialogs/preferences_dialog.cpp" line="187"/>
        <source>%n in the list</source>
        <translation>
            <numerusform>%n in the list</numerusform>
            <numerusform>%n in the list</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>flukeprint::ui::RailButton</name>
    <message numerus="yes">
        <location filename="../ui/shell/rail.cpp" line="30"/>
        <source>%n waiting</source>
        <translation>
            <numerusform>%n waiting</numerusform>
            <numerusform>%n waiting</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>flukeprint::ui::ReportDialog</name>
    <message numerus="yes">
        <location filename="../ui/dialogs/report_dialog.cpp" line="107"/>
        <source>%Ln photo(s) imported.</source>
        <translation>
            <numerusform>%Ln photo imported.</numerusform>
            <numerusform>%Ln photos imported.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/dialogs/report_dialog.cpp" line="109"/>
        <source>%Ln was/were known already.</source>
        <translation>
            <numerusform>%Ln was known already.</numerusform>
            <numerusform>%Ln were known already.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/dialogs/report_dialog.cpp" line="111"/>
        <source>%Ln was/were found again at a new place.</source>
        <translation>
            <numerusform>%Ln was found again at a new place.</numerusform>
            <numerusform>%Ln were found again at a new place.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/dialogs/report_dialog.cpp" line="113"/>
        <source>%Ln file(s) left out.</source>
        <translation>
            <numerusform>%Ln file was left out.</numerusform>
            <numerusform>%Ln files were left out.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/dialogs/report_dialog.cpp" line="115"/>
        <source>%Ln label(s) had no photo.</source>
        <translation>
            <numerusform>%Ln label had no photo.</numerusform>
            <numerusform>%Ln labels had no photo.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/dialogs/report_dialog.cpp" line="117"/>
        <source>In %Ln photo(s) no fluke was seen: the whole frame is the box.</source>
        <translation>
            <numerusform>In %Ln photo no fluke was seen: the whole frame is the box.</numerusform>
            <numerusform>In %Ln photos no fluke was seen: the whole frame is the box.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/dialogs/report_dialog.cpp" line="119"/>
        <source>The boxes of %Ln photo(s) were placed without the localiser, which had stopped: look them over.</source>
        <translation>
            <numerusform>The box of %Ln photo was placed without the localiser, which had stopped: look it over.</numerusform>
            <numerusform>The boxes of %Ln photos were placed without the localiser, which had stopped: look them over.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/dialogs/report_dialog.cpp" line="121"/>
        <source>%Ln encounter(s) became part of another, because a photo lies between them. The Edit menu parts them again.</source>
        <translation>
            <numerusform>%Ln encounter became part of another, because a photo lies between them. The Edit menu parts them again.</numerusform>
            <numerusform>%Ln encounters became part of another, because a photo lies between them. The Edit menu parts them again.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/dialogs/report_dialog.cpp" line="139"/>
        <source>%Ln thing(s) need attention.</source>
        <translation>
            <numerusform>%Ln thing needs attention.</numerusform>
            <numerusform>%Ln things need attention.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/dialogs/report_dialog.cpp" line="158"/>
        <source>%Ln thing(s) put right.</source>
        <translation>
            <numerusform>%Ln thing was put right.</numerusform>
            <numerusform>%Ln things were put right.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/dialogs/report_dialog.cpp" line="148"/>
        <source>%Ln photo(s)</source>
        <translation>
            <numerusform>%Ln photo</numerusform>
            <numerusform>%Ln photos</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/dialogs/report_dialog.cpp" line="148"/>
        <source>%Ln decision(s)</source>
        <translation>
            <numerusform>%Ln decision</numerusform>
            <numerusform>%Ln decisions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/dialogs/report_dialog.cpp" line="149"/>
        <source>%Ln fingerprint(s)</source>
        <translation>
            <numerusform>%Ln fingerprint</numerusform>
            <numerusform>%Ln fingerprints</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>flukeprint::ui::TrainingPage</name>
    <message numerus="yes">
        <location filename="../ui/training/training_page_view.cpp" line="245"/>
        <source>Learns from %Ln confirmed photo(s)</source>
        <translation>
            <numerusform>Learns from %Ln confirmed photo</numerusform>
            <numerusform>Learns from %Ln confirmed photos</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/training/training_page_view.cpp" line="246"/>
        <source>of %Ln individual(s), and keeps some photos aside to measure itself.</source>
        <translation>
            <numerusform>of %Ln individual, and keeps some photos aside to measure itself.</numerusform>
            <numerusform>of %Ln individuals, and keeps some photos aside to measure itself.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/training/training_page_view.cpp" line="182"/>
        <source>MAP@5 %1, the model in use then %2, on the same %n validation photo(s)</source>
        <translation>
            <numerusform>MAP@5 %1, the model in use then %2, on the same %n validation photo</numerusform>
            <numerusform>MAP@5 %1, the model in use then %2, on the same %n validation photos</numerusform>
        </translation>
    </message>
</context>
</TS>
